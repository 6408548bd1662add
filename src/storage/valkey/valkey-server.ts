import { type ElsewhereOptions, StoreConnection } from "../connection/store-connection.ts";
import { type Redirection, readSlots, redirectionOf, type SlotTable, slotOf } from "./cluster-slots.ts";
import { isAboutTheCommand, type OpenedValkey, openValkey, unlessRefused, type ValkeyClient } from "./open-valkey.ts";

type Node = StoreConnection<OpenedValkey>;

const mostRedirections = 5;
const lookSoonMs = 250;
/** While some node is away. */
const lookAgainMs = 1_000;
/** What a node that left was asked may still be answered. */
const lastWordsMs = 10_000;

/**
 * Valkey or Redis at a URL: one server, or the cluster that the named one belongs to. In a cluster each master has a connection of its
 * own, with its own deadlines: where one is away, only what it holds is. Who holds what is heard from the cluster itself, and again
 * whenever a node says otherwise or does not answer. Each command is about one key.
 */
export class ValkeyServer {
  readonly #options: ElsewhereOptions;
  readonly #scripts: readonly string[];
  readonly #seed: Node;
  /** Masters, by address. */
  readonly #nodes = new Map<string, Node>();
  /** Undefined of a server by itself. */
  #slots: SlotTable | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @param scripts known to every server before the first call */
  constructor(options: ElsewhereOptions, scripts: readonly string[]) {
    this.#options = options;
    this.#scripts = scripts;
    const { url, warn } = options;
    this.#seed = this.#connectionTo(url, {
      opened: ({ slots }) => slots && this.#learn(slots),
      // Of a cluster's nodes, each speaks for itself.
      warn: (message) => {
        if (this.#slots === undefined) warn(message);
      },
    });
  }

  /** Opens the first connections; what does not answer is tried on. @returns why there is none at all */
  async start(): Promise<unknown> {
    const wrong = await this.#seed.start();
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.start()));
    return wrong;
  }

  /** Whether calls are made at the moment, whatever their key. */
  get isUp(): boolean {
    return this.#slots === undefined ? this.#seed.isUp : Array.from(this.#nodes.values()).every((node) => node.isUp);
  }

  /** How many masters its cluster has; 0 of a server by itself. */
  get masters(): number {
    return this.#nodes.size;
  }

  /**
   * Calls whoever holds the key: what is called in one moment goes to each server together.
   * @param work may be begun again elsewhere, where a server has refused the key
   * @throws Fault `store_unavailable` when the store does not answer, or says no; what it said is the cause
   */
  async call<Result>(key: string, work: (client: OpenedValkey) => Promise<Result>): Promise<Result> {
    const address = this.#slots?.[slotOf(key)];
    const node = (address !== undefined && this.#nodes.get(address)) || this.#seed;
    try {
      const answer = await node.call((client) => unlessElsewhere(client, work));
      return answer instanceof Elsewhere ? await this.#follow(answer, work) : answer;
    } catch (error) {
      if (this.#slots !== undefined) this.#lookSoon();
      throw error;
    }
  }

  /** Every master, or the one server, whatever the key; what each is asked throws as `call` does. */
  get servers(): readonly ValkeyClient[] {
    const all = this.#slots === undefined ? [this.#seed] : [...this.#nodes.values()];
    return all.map((node) => ({ send: (command, words) => node.call((client) => client.send(command, words)) }));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const node of [this.#seed, ...this.#nodes.values()]) node.close();
  }

  #connectionTo(url: string, { opened, warn }: { opened?: (client: OpenedValkey) => void; warn: (message: string) => void }): Node {
    const { name, timeoutMs, now = Date.now } = this.#options;
    return new StoreConnection({
      name,
      timeoutMs,
      warn,
      open: async () => {
        const client = await openValkey(url, { connectMs: timeoutMs * 10, scripts: this.#scripts, now });
        opened?.(client);
        return client;
      },
      ask: (client) => client.send("PING", []),
      close: (client) => client.close(),
      isAnswer: isAboutTheCommand,
    });
  }

  /** Within the time of one call more, however often it is elsewhere again. */
  async #follow<Result>(first: Elsewhere, work: (client: OpenedValkey) => Promise<Result>): Promise<Result> {
    const endsAtMs = performance.now() + this.#options.timeoutMs;
    let elsewhere = first;
    for (let times = 1; ; times++) {
      const { slot, address, isOnce } = elsewhere.redirection;
      if (!isOnce) {
        this.#slots ??= [];
        this.#slots[slot] = address;
        this.#lookSoon();
      }
      const node = this.#nodes.get(address) ?? (await this.#newNode(address, endsAtMs));
      const leftMs = Math.max(1, endsAtMs - performance.now());
      const answer = await node.call(async (client) => {
        const heard = await unlessElsewhere(isOnce ? asking(client) : client, work);
        if (heard instanceof Elsewhere && times === mostRedirections) throw heard.said;
        return heard;
      }, leftMs);
      if (!(answer instanceof Elsewhere)) return answer;
      elsewhere = answer;
    }
  }

  async #newNode(address: string, waitUntilMs: number): Promise<Node> {
    const node = this.#node(address);
    const late = new Promise<void>((resolve) => setTimeout(resolve, waitUntilMs - performance.now()).unref());
    await Promise.race([node.start(), late]);
    return node;
  }

  #node(address: string): Node {
    const known = this.#nodes.get(address);
    if (known) return known;
    const url = new URL(this.#options.url);
    url.host = address;
    const node = this.#connectionTo(url.href, { warn: (message) => this.#options.warn(`${message} It is the node ${address}.`) });
    this.#nodes.set(address, node);
    if (this.#closed) node.close();
    return node;
  }

  #learn(slots: SlotTable): void {
    this.#slots = slots;
    const masters = new Set(slots.filter((address) => address !== undefined));
    for (const address of masters) if (!this.#nodes.has(address)) void this.#node(address).start();
    for (const [address, node] of this.#nodes) {
      if (masters.has(address)) continue;
      this.#nodes.delete(address);
      setTimeout(() => node.close(), lastWordsMs).unref();
    }
  }

  #lookSoon(afterMs: number = lookSoonMs): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), afterMs);
    this.#timer.unref();
  }

  /** Asks one node after the other who holds what, until one that sees the whole cluster has said it. */
  async #look(): Promise<void> {
    for (const node of [...this.#nodes.values(), this.#seed]) {
      const slots = node.isUp ? await node.call(slotsSeenBy).catch(() => undefined) : undefined;
      if (slots === undefined) continue;
      this.#learn(slots);
      break;
    }
    this.#timer = undefined;
    if (!this.isUp) this.#lookSoon(lookAgainMs);
  }
}

/** The server says that another one holds the key. */
class Elsewhere {
  readonly said: unknown;
  readonly redirection: Redirection;

  constructor(said: unknown, redirection: Redirection) {
    this.said = said;
    this.redirection = redirection;
  }
}

async function unlessElsewhere<Result>(client: OpenedValkey, work: (client: OpenedValkey) => Promise<Result>): Promise<Result | Elsewhere> {
  try {
    return await work(client);
  } catch (error) {
    const redirection = redirectionOf(error, client.host);
    if (redirection === undefined) throw error;
    return new Elsewhere(error, redirection);
  }
}

/** Each command says first that the slot is on its way here. */
function asking(client: OpenedValkey): OpenedValkey {
  const send: ValkeyClient["send"] = async (command, words) => {
    // Both are waited for: where the connection ends, each of them says so.
    const [, answer] = await Promise.all([client.send("ASKING", []), client.send(command, words)]);
    return answer;
  };
  return { ...client, send };
}

/** Undefined of a node that was cut off from the others: what it knows may be long over. */
async function slotsSeenBy(client: OpenedValkey): Promise<SlotTable | undefined> {
  const [info, slots] = await Promise.all([unlessRefused(client, "CLUSTER", ["INFO"]), client.send("CLUSTER", ["SLOTS"])]);
  return /cluster_state:fail/.test(String(info)) ? undefined : readSlots(slots, client.host);
}
