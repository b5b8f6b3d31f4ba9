// How the console is built: fixed file names, one chunk of ours for the first page, one for pages
// that are opened later, one each of other people's code for these, one style sheet. The server tells versions apart
// by ETag, so names carry no hash. Names between the chunks are kept, so that two that are not of one
// build fail at once (and a reload mends it) in place of meaning something else.

import react from '@vitejs/plugin-react';
import { DEFAULT_THEME, convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { defineConfig, type Plugin } from 'vite';
import { theme } from './src/theme';

const THEME_CSS = 'virtual:theme.css';

/**
 * Writes the theme's CSS variables into the style sheet at build time. Mantine would otherwise add
 * them with a <style> element, which the content security policy forbids.
 */
function staticTheme(): Plugin {
  return {
    name: 'edgeward-theme',
    resolveId: (id) => (id === THEME_CSS ? `\0${THEME_CSS}` : undefined),
    load(id) {
      if (id !== `\0${THEME_CSS}`) return undefined;
      const ours = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
      const usual = defaultCssVariablesResolver(DEFAULT_THEME);
      return convertCssVariables(
        {
          variables: different(ours.variables, usual.variables),
          light: different(ours.light, usual.light),
          dark: different(ours.dark, usual.dark),
        },
        ':root',
      );
    },
  };
}

function different(ours: Record<string, string>, usual: Record<string, string>) {
  return Object.fromEntries(Object.entries(ours).filter(([name, value]) => usual[name] !== value));
}

export default defineConfig({
  plugins: [react(), staticTheme()],
  server: { proxy: { '/api': 'http://127.0.0.1:4174' } },
  build: {
    outDir: '../crates/server/web-dist',
    emptyOutDir: true,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/start.js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/app[extname]',
        minifyInternalExports: false,
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'long-lists', test: /virtual-core|react-virtual|VirtualRows/, priority: 4 },
            { name: 'vendor', test: /node_modules|rolldown|^\0/, tags: ['$initial'], priority: 3 },
            { name: 'vendor-pages', test: /node_modules|rolldown|^\0/, priority: 2.5 },
            { name: 'app', test: /\/src\//, tags: ['$initial'], priority: 2 },
            { name: 'pages', test: /\/src\//, priority: 1 },
          ],
        },
      },
    },
  },
});
