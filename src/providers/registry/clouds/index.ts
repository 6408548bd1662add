export { alibaba } from "./alibaba.ts";
export { azure } from "./azure.ts";
