import { join } from "node:path";
import { callerKey, families, openBench, type UpstreamName, upstreamNames } from "./bench.ts";
import type { Address } from "./client.ts";
import { counts } from "./dialects/asked.ts";
import { installNpm, installPython } from "./install.ts";
import { prompts } from "./prompts.ts";
import { modelName } from "./upstream.ts";

// The surfaces that are read as a chat's, asked by their official SDKs with an upstream of every dialect of the bench behind:
// legacy completions, Ollama's generate, Google's interactions, Bedrock's InvokeModel in three forms.

/** What an SDK handed to the application. */
export interface Heard {
  readonly text: string;
  /** Tokens, thoughts among them. */
  readonly output: number | undefined;
  /** Of a stream. */
  readonly pieces?: number;
}

export interface Trial {
  readonly name: string;
  /** The prompt for the system went along. */
  readonly system: boolean;
  /** The weather was asked for, with a tool. */
  readonly tools?: boolean;
  tell(address: Address, model: string): Promise<Heard>;
}

interface PythonTrial extends Omit<Trial, "tell"> {
  readonly model: string;
  readonly heard: Heard;
  /** Of what no answer is judged by: found by the program itself. */
  readonly problems?: readonly string[];
}

function expectedText(trial: Pick<Trial, "system" | "tools">, upstream: UpstreamName): string {
  if (trial.tools) {
    if (upstream === "demo") return `The tool answered: ${prompts.results[0]}`;
    // Gemini signs its calls also where nobody asked for thoughts, and wants the signatures back.
    return `The tools said: ${prompts.results.join(" and ")}.${upstream === "gemini" ? " My thoughts came back." : ""}`;
  }
  if (upstream === "demo") return `You said: ${prompts.question}`;
  return `You asked: ${prompts.question} I was told: ${trial.system ? prompts.system : ""}`;
}

function problemsOf(trial: Pick<Trial, "system" | "tools">, heard: Heard, upstream: UpstreamName): string[] {
  const expected = expectedText(trial, upstream);
  const right = upstream === "demo" ? heard.text.includes(expected) : heard.text === expected;
  const counted = upstream === "demo" ? (heard.output ?? 0) > 0 : heard.output === counts.output;
  return [
    ...(right ? [] : [`text ${JSON.stringify(heard.text)} instead of ${JSON.stringify(expected)}`]),
    ...(counted ? [] : [`${heard.output} tokens of output`]),
    ...(heard.pieces === undefined || heard.pieces > 1 ? [] : [`${heard.pieces} pieces`]),
  ];
}

const bench = await openBench();
const address: Address = { url: bench.url, key: callerKey };
const wrong: string[] = [];
let right = 0;
const judge = (name: string, upstream: UpstreamName, problems: readonly string[]) => {
  if (problems.length === 0) right++;
  else wrong.push(`${name} → ${upstream}: ${problems.join("; ")}`);
};

const npm = installNpm();
if (npm.missing) console.log(`SKIPPED: the npm packages: ${npm.missing}`);
else {
  const { trials } = (await import(join(import.meta.dirname, "clients", "other-surfaces.ts"))) as { trials: readonly Trial[] };
  for (const trial of trials) {
    for (const upstream of upstreamNames) {
      const model = upstream === "demo" ? "demo/chat" : `${upstream}/${modelName(families[upstream], "ok", "c1")}`;
      const heard = await trial.tell(address, model).catch((error: Error) => error);
      judge(trial.name, upstream, heard instanceof Error ? [`threw ${heard.message}`] : problemsOf(trial, heard, upstream));
    }
  }
}

const python = installPython("sdks");
if (python.missing) console.log(`SKIPPED: boto3: ${python.missing}`);
else {
  const models = upstreamNames.map((name) => (name === "demo" ? "demo/chat" : `${name}/${modelName(families[name], "ok", "c1")}`));
  const input = JSON.stringify({ ...address, models, prompts });
  // The gateway answers in this process, so the other must not hold it up.
  const worker = Bun.spawn([python.python, join(import.meta.dirname, "python", "other_surfaces.py")], {
    stdin: Buffer.from(input),
    stdout: "pipe",
  });
  const lines = (await new Response(worker.stdout).text()).trim().split("\n");
  for (const line of lines.filter((text) => text !== "")) {
    const { name, model, heard, problems, ...trial } = JSON.parse(line) as PythonTrial;
    const upstream = upstreamNames.find((one) => model.startsWith(`${one}/`)) ?? "demo";
    judge(name, upstream, problems ?? problemsOf(trial, heard, upstream));
  }
  if ((await worker.exited) !== 0) wrong.push("the Python program failed");
}

await bench.close();
console.log(`${right} calls of official SDKs right, ${wrong.length} wrong`);
for (const problem of wrong) console.log(`  ${problem}`);
process.exit(wrong.length === 0 && right > 0 ? 0 : 1);
