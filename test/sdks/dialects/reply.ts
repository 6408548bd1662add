import { type Asked, nameOfMedia, type Reply } from "./asked.ts";

/** What the upstream answers: made from the request alone, so that whoever reads it knows what has arrived. */
export function replyTo(asked: Asked): Reply {
  const reasoning = asked.reasoning ? "First I look at the question. Then I answer." : "";
  if (asked.results.length > 0) {
    const kept = asked.kept.length > 0 ? " My thoughts came back." : "";
    return { reasoning, text: `The tools said: ${asked.results.join(" and ")}.${kept}`, calls: [] };
  }
  if (asked.tools.length > 0) {
    const name = asked.tools[0]!;
    const call = (id: string, city: string) => ({ id, name, arguments: JSON.stringify({ city, unit: "celsius" }) });
    return { reasoning, text: "", calls: [call("call_berlin_1", "Berlin"), call("call_oslo_2", "Oslo \u{1F1F3}\u{1F1F4}")] };
  }
  if (asked.schema) return { reasoning, text: JSON.stringify({ city: "Berlin", degrees: 21 }), calls: [] };
  if (asked.media.length > 0) return { reasoning, text: `I was shown ${asked.media.map(nameOfMedia).join(" and ")}.`, calls: [] };
  return { reasoning, text: `You asked: ${asked.question} I was told: ${asked.instructions.join(" ")}`, calls: [] };
}
