import type { Provider } from "../../provider.ts";

export const deepgram: Provider = {
  id: "deepgram",
  title: "Deepgram",
  docs: "https://developers.deepgram.com/reference",
  baseUrl: "https://api.deepgram.com/v1",
  surfaces: {
    "deepgram-listen": "/listen",
    "deepgram-speak": "/speak",
  },
  credential: "token",
  env: { apiKey: ["DEEPGRAM_API_KEY"] },
};
