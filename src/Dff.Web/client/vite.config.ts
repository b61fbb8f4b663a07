import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue(), Components({ dts: 'components.d.ts', dirs: [], resolvers: [ElementPlusResolver()] })],
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/api': process.env.DFF_URL ?? 'http://127.0.0.1:8088' } },
  test: { environment: 'happy-dom' },
})
