import type { FetchDocument } from "../../auth/index.ts";
import { Explanation, Leaving } from "../../exchange/index.ts";
import type { Transport } from "../../providers/index.ts";

const longestBytes = 256 * 1024;
const deadlines = { connectMs: 3_000, firstEventMs: 5_000, idleMs: 5_000, totalMs: 8_000 };

/**
 * Public documents over the transport that connects to checked addresses only, without any credential; redirects are not followed.
 * What is fetched throws a Fault `upstream_*`, or an Explanation for what came instead.
 */
export function documentsOver(transport: Transport): FetchDocument {
  return async (url, privateAllowed) => {
    const headers = { accept: "application/json" };
    const answer = await transport.send(
      { method: "GET", name: url.host, url, headers, body: undefined, deadlines, privateAllowed },
      new Leaving(),
    );
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > longestBytes) throw new Explanation("its answer is too long");
      chunks.push(chunk);
    }
    if (answer.status !== 200) throw new Explanation(`its answer has the status ${answer.status}`);
    return Buffer.concat(chunks).toString("utf8");
  };
}
