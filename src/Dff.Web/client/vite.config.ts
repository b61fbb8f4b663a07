import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** What most visits open: fetched beside the entry's code, not after it has run. */
const MAIN_PAGE = ['/frame/AppFrame.vue', '/pages/editor/EditorPage.vue']

const preloadMainPage: Plugin = {
  name: 'preload-main-page',
  transformIndexHtml(_html, { bundle }) {
    const chunks = Object.values(bundle ?? {}).filter((output) => output.type === 'chunk')
    const known = new Set(chunks.flatMap((chunk) => (chunk.isEntry ? [chunk.fileName, ...chunk.imports] : [])))
    const pages = chunks.filter(({ facadeModuleId }) => MAIN_PAGE.some((page) => facadeModuleId?.endsWith(page)))
    const names = new Set(pages.flatMap((page) => [page.fileName, ...page.imports]).filter((name) => !known.has(name)))
    return [...names].map((name) => ({
      tag: 'link',
      attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` },
      injectTo: 'head',
    }))
  },
}

export default defineConfig({
  plugins: [
    preloadMainPage,
    vue(),
    Components({ dts: 'components.d.ts', dirs: [], resolvers: [ElementPlusResolver()] }),
  ],
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/api': process.env.DFF_URL ?? 'http://127.0.0.1:8088' } },
  test: { environment: 'happy-dom' },
})
