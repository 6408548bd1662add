import type { SettledRecord } from "../../storage/index.ts";

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** Names come from callers: what they make up must not fill the memory. */
const mostSeries = 2_000;
const other = "other";
const nanosPerUsd = 1e9;

interface Series {
  readonly labels: string;
  requests: number;
  costNanos: number;
  readonly tokens: { input: number; cached: number; output: number };
  readonly duration: Histogram;
  readonly firstToken: Histogram;
}

/** What this process knows beside the records, when it is asked. */
export interface Gauges {
  readonly inFlight: number;
  readonly draining: boolean;
  /** What is not as it should be, as `/readyz` names it. */
  readonly degraded: readonly string[];
  readonly startedAtMs: number;
  readonly version: string;
  /** Of the journal: what the store of records has not taken yet. */
  readonly backlog: { readonly bytes: number; readonly ageMs: number };
}

/**
 * Sums of settled records since the process began, as Prometheus reads them (text format 0.0.4): base units, and one series for each
 * endpoint, provider, model and outcome that was seen.
 */
export class Metrics {
  readonly #series = new Map<string, Series>();

  count(record: SettledRecord): void {
    const { endpoint, provider = "", outcome, model, fault, usage } = record;
    // A model that does not exist is a caller's invention.
    const series = this.#of(endpoint, provider, fault === "model_unknown" ? "" : model, outcome);
    series.requests++;
    series.duration.add(record.durationMs / 1000);
    if (record.firstEventMs !== undefined) series.firstToken.add(record.firstEventMs / 1000);
    series.costNanos += record.costNanos ?? 0;
    if (!usage) return;
    const { cacheRead, inputUncached, cacheWrite, cacheWrite5m, cacheWrite30m, cacheWrite1h, cacheWrite12h } = usage;
    series.tokens.input += inputUncached + cacheWrite + cacheWrite5m + cacheWrite30m + cacheWrite1h + cacheWrite12h;
    series.tokens.cached += cacheRead;
    series.tokens.output += usage.output;
  }

  #of(endpoint: string, provider: string, model: string, outcome: string): Series {
    const key = `${endpoint}\n${provider}\n${model}\n${outcome}`;
    const known = this.#series.get(key);
    if (known) return known;
    const full = this.#series.size >= mostSeries && model !== other;
    if (full) return this.#of(endpoint, provider, other, outcome);
    const labels = Object.entries({ endpoint, provider, model, outcome }).map(([name, value]) => `${name}="${escaped(value)}"`);
    const series: Series = {
      labels: labels.join(","),
      requests: 0,
      costNanos: 0,
      tokens: { input: 0, cached: 0, output: 0 },
      duration: new Histogram(),
      firstToken: new Histogram(),
    };
    this.#series.set(key, series);
    return series;
  }

  text({ inFlight, draining, degraded, startedAtMs, version, backlog }: Gauges): string {
    const all = [...this.#series.values()];
    return [
      metric("sluice_build_info", "gauge", "The version that runs.", [`{version="${escaped(version)}"} 1`]),
      metric("sluice_in_flight_requests", "gauge", "Requests under way.", [` ${inFlight}`]),
      metric("sluice_draining", "gauge", "1 while the process takes no new requests.", [` ${draining ? 1 : 0}`]),
      metric(
        "sluice_degraded",
        "gauge",
        "What is not as it should be, as /readyz names it. Nothing: all is well.",
        [...new Set(degraded)].map((part) => `{part="${escaped(part)}"} 1`),
      ),
      metric("sluice_journal_backlog_bytes", "gauge", "Records that wait for their store, in the journal.", [` ${backlog.bytes}`]),
      metric("sluice_journal_backlog_age_seconds", "gauge", "How long the oldest of them waits.", [` ${backlog.ageMs / 1000}`]),
      metric("process_start_time_seconds", "gauge", "When the process began, since the epoch.", [` ${startedAtMs / 1000}`]),
      metric("process_resident_memory_bytes", "gauge", "Resident memory.", [` ${process.memoryUsage.rss()}`]),
      metric("process_cpu_seconds_total", "counter", "Processor time, of user and system.", [` ${cpuSeconds()}`]),
      metric(
        "sluice_requests_total",
        "counter",
        "Requests that have ended.",
        all.map(({ labels, requests }) => `{${labels}} ${requests}`),
      ),
      metric(
        "sluice_tokens_total",
        "counter",
        "Tokens, by type: input that was not cached, cached input, output.",
        all.flatMap(({ labels, tokens }) =>
          Object.entries(tokens).flatMap(([type, count]) => (count > 0 ? [`{${labels},type="${type}"} ${count}`] : [])),
        ),
      ),
      metric(
        "sluice_cost_usd_total",
        "counter",
        "What was spent, in dollars.",
        all.flatMap(({ labels, costNanos }) => (costNanos > 0 ? [`{${labels}} ${costNanos / nanosPerUsd}`] : [])),
      ),
      ...histograms(
        "sluice_request_duration_seconds",
        "From the first line of the request to the last byte of the answer.",
        all,
        "duration",
      ),
      ...histograms("sluice_time_to_first_token_seconds", "From the first line of the request to the first piece.", all, "firstToken"),
    ].join("");
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function metric(name: string, type: string, help: string, lines: readonly string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.map((line) => `${name}${line}\n`).join("")}`;
}

function histograms(name: string, help: string, all: readonly Series[], which: "duration" | "firstToken"): string[] {
  const head = `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
  return [head, ...all.map((series) => series[which].text(name, series.labels))];
}

class Histogram {
  readonly #counts = new Float64Array(seconds.length + 1);
  #sum = 0;

  add(value: number): void {
    let at = 0;
    while (at < seconds.length && value > (seconds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
  }

  text(name: string, labels: string): string {
    let total = 0;
    let text = "";
    for (const [at, count] of this.#counts.entries()) {
      total += count;
      text += `${name}_bucket{${labels},le="${seconds[at] ?? "+Inf"}"} ${total}\n`;
    }
    return total === 0 ? "" : `${text}${name}_sum{${labels}} ${this.#sum}\n${name}_count{${labels}} ${total}\n`;
  }
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
