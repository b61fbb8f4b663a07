import { i18n } from '.'

/** A time of the API as the reader's language and zone write it. */
export function localTime(text: string): string {
  return new Date(text).toLocaleString(i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en', {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
}
