import { appendFileSync, readFileSync } from "node:fs";
import type { BunPlugin } from "bun";

const file = process.env.LOADED_MODULES;

/** Preloaded into a process: writes the path of each module of ours into the file that `LOADED_MODULES` names, as it is loaded. */
const noteLoading: BunPlugin = {
  name: "note-loading",
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path, loader }) => {
      if (file !== undefined) appendFileSync(file, `${path}\n`);
      return { contents: readFileSync(path, "utf8"), loader };
    });
  },
};

Bun.plugin(noteLoading);
