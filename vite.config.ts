import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/**
 * One build for the tray popup, the main window and browsers: relative addresses, so that it runs
 * from `app://` and from any http origin, and nothing inline, so that the strictest content
 * security policy holds.
 */
export default defineConfig({
  root: fileURLToPath(new URL('renderer', import.meta.url)),
  base: './',
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('out/renderer', import.meta.url)),
    emptyOutDir: true,
    // The first versions that know light-dark(); older targets would get it rewritten to variables.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: fileURLToPath(new URL('renderer/index.html', import.meta.url)),
        popup: fileURLToPath(new URL('renderer/popup.html', import.meta.url)),
      },
      output: {
        // Otherwise each of these few hundred bytes would be a file, and a screen dozens of requests.
        codeSplitting: { groups: [{ name: 'icons', test: /node_modules[\\/]lucide-react/ }] },
      },
    },
  },
})
