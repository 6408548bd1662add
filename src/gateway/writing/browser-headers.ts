/** What is served is for programs: a browser that comes upon it takes it for what it says it is, runs nothing of it and shows it in no frame. */
export const browserHeaders = Object.freeze({
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
});
