export { malformedForm, type PartHead, readPartHead } from "./part-head.ts";
export { boundaryOf, MultipartReader, type PartHandler } from "./read-multipart.ts";
export { type FormBody, type FormPart, writeMultipart } from "./write-multipart.ts";
