import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// The built files are part of the package: their names stay, so that a change shows in the diff.
export default defineConfig({
  base: "./",
  plugins: [preact()],
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
