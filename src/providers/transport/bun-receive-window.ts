import { dlopen, ptr } from "bun:ffi";

/** What `setsockopt` takes on each platform: where it lives, and the numbers of SOL_SOCKET and SO_RCVBUF. */
const platforms: Partial<
  Record<NodeJS.Platform, { readonly libraries: readonly string[]; readonly level: number; readonly option: number }>
> = {
  linux: { libraries: ["libc.so.6", "libc.so", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`], level: 1, option: 8 },
  darwin: { libraries: ["libSystem.B.dylib"], level: 0xffff, option: 0x1002 },
};

/**
 * A function that bounds how many bytes the system takes in for a socket that nobody reads; undefined where the system
 * offers no such call. The runtime hands on in one piece all that has come, so that this bounds the pieces too.
 */
export function receiveWindow(bytes: number): ((descriptor: number) => void) | undefined {
  const platform = platforms[process.platform];
  if (platform === undefined) return undefined;
  const { libraries, level, option } = platform;
  const value = new Int32Array([bytes]);
  for (const library of libraries) {
    try {
      const { symbols } = dlopen(library, { setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });
      // A window that can't be set stays as large as it was.
      return (descriptor) => void symbols.setsockopt(descriptor, level, option, ptr(value), value.byteLength);
    } catch {
      // Another C library may be this system's.
    }
  }
  return undefined;
}
