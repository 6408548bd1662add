const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const pdf = [
  "%PDF-1.4",
  "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj",
  "2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj",
  "3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >> endobj",
  "trailer << /Root 1 0 R >>",
  "%%EOF",
  "",
].join("\n");

/** What every client says, in whatever form its SDK wants it. */
export const prompts = {
  system: "Be brief.",
  question: "Where is the fox, and what does “naïve” mean?",
  weather: "How is the weather in Berlin and in Oslo?",
  tool: {
    name: "get_weather",
    description: "The weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
      required: ["city", "unit"],
      additionalProperties: false,
    },
  },
  /** What the tool answers, in the order of the calls. */
  results: ["21 degrees", "9 degrees, rain"],
  schema: "Give me the city and its degrees.",
  look: "What is this?",
  png,
  pdf: Buffer.from(pdf).toString("base64"),
  pdfName: "page.pdf",
  embed: ["first", "second"],
};
