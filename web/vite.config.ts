import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Everything is a file with a hash in its name: the Content-Security-Policy allows no inline script, style or data URL for code.
export default defineConfig({
  plugins: [react()],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, chunkSizeWarningLimit: 900 },
  server: { port: 5173, proxy: { "/api": "http://127.0.0.1:5000", "/healthz": "http://127.0.0.1:5000" } },
  test: { include: ["src/**/*.test.{ts,tsx}"] },
});
