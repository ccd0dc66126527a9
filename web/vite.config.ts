import preact from "@preact/preset-vite";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Says of the built files which sources they are made of; tests/web/test_built.py asks. */
function sources(): Plugin {
  return {
    name: "sources",
    generateBundle() {
      const found = readdirSync(".", { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile() && !one.parentPath.split("/").includes("node_modules"))
        .map((one) => `${one.parentPath}/${one.name}`.replace("./", ""))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const hash = createHash("sha256");
      for (const path of found) hash.update(path).update("\0").update(readFileSync(path)).update("\0");
      this.emitFile({ type: "asset", fileName: "sources.sha256", source: `${hash.digest("hex")}\n` });
    },
  };
}

// The built files are part of the package: their names stay, so that a change shows in the diff.
export default defineConfig({
  base: "./",
  plugins: [preact(), sources()],
  build: {
    outDir: "../src/fclab/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page may show nothing that is not a file of the server
    modulePreload: false,
    rollupOptions: {
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
