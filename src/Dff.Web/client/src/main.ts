import 'element-plus/theme-chalk/dark/css-vars.css'
import 'element-plus/theme-chalk/el-message.css'
import 'element-plus/theme-chalk/el-message-box.css'
import './frame/page.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { reportError } from './frame/report-error'
import { i18n } from './i18n'
import { usePreferences } from './preferences/preferences'
import { router } from './router'

const app = createApp(App).use(createPinia()).use(i18n)
usePreferences().apply()
app.config.errorHandler = reportError
window.addEventListener('unhandledrejection', (event) => reportError(event.reason))
app.use(router).mount('#app')
