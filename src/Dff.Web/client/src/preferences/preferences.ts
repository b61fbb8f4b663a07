import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { i18n } from '../i18n'

export type Language = 'en' | 'zh'
export type Theme = 'light' | 'dark' | 'system'

const LANGUAGE_KEY = 'dff.language'
const THEME_KEY = 'dff.theme'

/** The language that was chosen, else the browser's, else English. */
export function initialLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored
  const first = browser.find((tag) => /^(en|zh)\b/i.test(tag))
  return first?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export function initialTheme(stored: string | null): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export const usePreferences = defineStore('preferences', () => {
  const language = ref(initialLanguage(localStorage.getItem(LANGUAGE_KEY), navigator.languages))
  const theme = ref(initialTheme(localStorage.getItem(THEME_KEY)))
  const system = window.matchMedia('(prefers-color-scheme: dark)')

  function apply() {
    i18n.global.locale.value = language.value
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
    const isDark = theme.value === 'dark' || (theme.value === 'system' && system.matches)
    document.documentElement.classList.toggle('dark', isDark)
  }

  system.addEventListener('change', apply)
  watch([language, theme], () => {
    localStorage.setItem(LANGUAGE_KEY, language.value)
    localStorage.setItem(THEME_KEY, theme.value)
    apply()
  })
  return { language, theme, apply }
})
