import { ElMessage } from 'element-plus'
import { ApiError } from '../api/client'
import { i18n } from '../i18n'
import { useSession } from '../session'

/** The one place where what went wrong is told, unless a form shows it at its field. */
export function reportError(error: unknown) {
  if (error instanceof ApiError) {
    if (error.status === 401) {
      useSession().expire()
      return
    }
    const text = error.status === 0 ? i18n.global.t('error.network') : error.message
    ElMessage({ type: 'error', message: text, showClose: true, duration: 8000, grouping: true })
    return
  }
  console.error(error)
  ElMessage({
    type: 'error',
    message: `${i18n.global.t('error.title')}: ${String(error)}`,
    showClose: true,
    duration: 8000,
  })
}
