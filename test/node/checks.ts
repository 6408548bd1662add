import { AssertionError } from "node:assert/strict";

/** Counts what was tried, and says what failed as it fails. */
export class Checks {
  passed = 0;
  failed = 0;
  readonly skipped: { readonly name: string; readonly reason: string }[] = [];

  async check(name: string, run: () => unknown): Promise<void> {
    try {
      await run();
      this.passed++;
    } catch (error) {
      this.fail(name, error);
    }
  }

  /** Passes where there is nothing to complain of. */
  expect(name: string, complaints: readonly string[]): void {
    if (complaints.length === 0) this.passed++;
    else this.fail(name, new AssertionError({ message: complaints.slice(0, 10).join("\n") }));
  }

  fail(name: string, error: unknown): void {
    this.failed++;
    const said = error instanceof AssertionError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(`FAIL  ${name}\n      ${said.replaceAll("\n", "\n      ")}\n`);
  }

  skip(name: string, reason: string): void {
    this.skipped.push({ name, reason });
  }

  /** The skipped ones with their reasons, then the counts. */
  conclude(): void {
    for (const { name, reason } of this.skipped) process.stdout.write(`skipped: ${name}: ${reason}\n`);
    process.stdout.write(`${this.passed} passed, ${this.failed} failed, ${this.skipped.length} skipped\n`);
    process.exitCode = this.failed > 0 ? 1 : 0;
  }
}
