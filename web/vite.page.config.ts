import preact from "@preact/preset-vite";
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

// The page that `fclab export --to page` writes a network into: one file, beside those of the server.
export default defineConfig({
  base: "./",
  plugins: [preact(), viteSingleFile()],
  publicDir: false,
  build: {
    outDir: "../src/fclab/web/static",
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: { input: "page.html" },
  },
});
