import { dlopen, read } from "bun:ffi";
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { readIpv4, readIpv6 } from "./forbidden-address.ts";

/** What the system's own calls do with sockets, where they are known. */
export interface SystemSockets {
  /** Bounds how many bytes the system takes in for a socket that nobody reads. */
  setWindow(descriptor: number, bytes: number): void;
  /**
   * Begins a connection, whose descriptor is the caller's to close. Once the socket can be written to, it is made, or `failure` says
   * why it is not; one that is closed instead has failed.
   * @returns undefined where `host` is no address, or the system refuses at once: `node:net` says why
   */
  readonly connect: ((host: string, port: number, windowBytes: number | undefined) => number | undefined) | undefined;
  /** Why a connection that was begun has failed, as the system's number for it; 0 where it is made. Says it once. */
  failure(descriptor: number): number;
}

interface Platform {
  readonly libraries: readonly string[];
  readonly socketLevel: number;
  readonly receiveBuffer: number;
}

const platforms: Partial<Record<NodeJS.Platform, Platform>> = {
  linux: {
    libraries: ["libc.so.6", "libc.so", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`],
    socketLevel: 1,
    receiveBuffer: 8,
  },
  darwin: { libraries: ["libSystem.B.dylib"], socketLevel: 0xffff, receiveBuffer: 0x1002 },
};

/** Of Linux on x64 and arm64: address families, the type of a socket that never blocks and that no other program gets, options. */
const linux = { inet: 2, inet6: 10, tcpStream: 0o2004001, tcpLevel: 6, noDelay: 1, error: 4, inetBytes: 16, inet6Bytes: 28 } as const;

const optionCalls = { setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } } as const;
const connectCalls = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

/** Undefined where no C library is found whose calls are known here. */
export function systemSockets(): SystemSockets | undefined {
  const platform = platforms[process.platform];
  if (platform === undefined) return undefined;
  const { socketLevel, receiveBuffer } = platform;
  const options = loaded(platform.libraries, optionCalls);
  if (options === undefined) return undefined;
  const calls = process.platform === "linux" ? loaded(platform.libraries, connectCalls) : undefined;
  // The runtime may move short arrays, so each call is given the array, never an address that was kept.
  const value = new Int32Array(1);
  const length = new Uint32Array(1);
  const address = Buffer.alloc(linux.inet6Bytes);

  // An option that can't be set stays as it was.
  const setOption = (descriptor: number, level: number, option: number, to: number) => {
    value[0] = to;
    options.setsockopt(descriptor, level, option, value, value.byteLength);
  };
  const setWindow = (descriptor: number, bytes: number) => setOption(descriptor, socketLevel, receiveBuffer, bytes);
  if (calls === undefined) return { setWindow, connect: undefined, failure: () => 0 };

  const errorNumber = () => {
    const at = calls.__errno_location();
    return at === null ? 0 : read.i32(at, 0);
  };
  return {
    setWindow,
    connect(host, port, windowBytes) {
      const family = writeAddress(address, host, port);
      if (family === undefined) return undefined;
      const descriptor = calls.socket(family, linux.tcpStream, 0);
      if (descriptor < 0) return undefined;
      setOption(descriptor, linux.tcpLevel, linux.noDelay, 1);
      if (windowBytes !== undefined) setWindow(descriptor, windowBytes);
      const bytes = family === linux.inet ? linux.inetBytes : linux.inet6Bytes;
      if (calls.connect(descriptor, address, bytes) === 0 || errorNumber() === constants.errno.EINPROGRESS) return descriptor;
      closeSync(descriptor);
      return undefined;
    },
    failure(descriptor) {
      length[0] = value.byteLength;
      const failed = calls.getsockopt(descriptor, socketLevel, linux.error, value, length) !== 0;
      return failed ? constants.errno.EBADF : (value[0] as number);
    },
  };
}

/** As `node:net` says it. @param number the system's, above 0 */
export function connectError(number: number, host: string, port: number): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`connect ${code} ${host}:${port}`), { errno: -number, code, syscall: "connect", address: host, port });
}

/** As `sockaddr_in` and `sockaddr_in6` have it. @returns the family; undefined where `host` is a name, or has a zone */
function writeAddress(into: Buffer, host: string, port: number): number | undefined {
  const ipv4 = readIpv4(host);
  const ipv6 = ipv4 === undefined ? readIpv6(host) : undefined;
  if (ipv4 === undefined && ipv6 === undefined) return undefined;
  const family = ipv4 === undefined ? linux.inet6 : linux.inet;
  into.fill(0);
  into.writeUInt16LE(family, 0);
  into.writeUInt16BE(port, 2);
  if (ipv4 !== undefined) into.writeUInt32BE(ipv4, 4);
  for (const [at, group] of (ipv6 ?? []).entries()) into.writeUInt16BE(group, 8 + 2 * at);
  return family;
}

/** From the first of these libraries that this system has. */
function loaded<Calls extends Parameters<typeof dlopen>[1]>(libraries: readonly string[], calls: Calls) {
  for (const library of libraries) {
    try {
      return dlopen(library, calls).symbols;
    } catch {
      // Another C library may be this system's.
    }
  }
  return undefined;
}
