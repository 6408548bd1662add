import { type Asked, nameOfMedia, type Reply } from "./asked.ts";

const structured = { city: "Berlin", degrees: 21 };
/** SDKs that want structured output by a tool's arguments name the tool so. */
const answerTools: readonly string[] = ["json", "json_tool_call", "final_result"];

/** What the upstream answers: made from the request alone, so that whoever reads it knows what has arrived. */
export function replyTo(asked: Asked): Reply {
  const reasoning = asked.reasoning ? "First I look at the question. Then I answer." : "";
  if (asked.results.length > 0) {
    const kept = asked.kept.length > 0 ? " My thoughts came back." : "";
    return { reasoning, text: `The tools said: ${asked.results.join(" and ")}.${kept}`, calls: [] };
  }
  const [name] = asked.tools;
  if (name !== undefined && answerTools.includes(name)) {
    return { reasoning, text: "", calls: [{ id: "call_answer_1", name, arguments: JSON.stringify(structured) }] };
  }
  if (name !== undefined) {
    const call = (id: string, city: string) => ({ id, name, arguments: JSON.stringify({ city, unit: "celsius" }) });
    return { reasoning, text: "", calls: [call("call_berlin_1", "Berlin"), call("call_oslo_2", "Oslo \u{1F1F3}\u{1F1F4}")] };
  }
  if (asked.schema) return { reasoning, text: JSON.stringify(structured), calls: [] };
  if (asked.media.length > 0) return { reasoning, text: `I was shown ${asked.media.map(nameOfMedia).join(" and ")}.`, calls: [] };
  return { reasoning, text: `You asked: ${asked.question} I was told: ${asked.instructions.join(" ")}`, calls: [] };
}
