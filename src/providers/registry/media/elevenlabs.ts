import type { Provider } from "../../provider.ts";

export const elevenlabs: Provider = {
  id: "elevenlabs",
  title: "ElevenLabs",
  docs: "https://elevenlabs.io/docs/api-reference",
  baseUrl: "https://api.elevenlabs.io/v1",
  surfaces: {
    "elevenlabs-transcripts": "/speech-to-text",
    "elevenlabs-speech": "/text-to-speech",
  },
  credential: "xi-api-key",
  env: { apiKey: ["ELEVENLABS_API_KEY"] },
};
