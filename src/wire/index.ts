export { type AnswerHandler, AnswerParser } from "./answer-parser.ts";
export { type MessageHead, NotHttp } from "./message-head.ts";
export { outbox, type Sender } from "./outbox.ts";
export { type RequestHandler, type RequestHead, RequestParser } from "./request-parser.ts";
