import { ElMessage, ElMessageBox } from 'element-plus'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { scriptsApi } from './model/api'
import { useOpenScripts } from './open-scripts'
import { useScripts } from './scripts-store'
import type { TreeAction } from './scripts/tree-actions'

/** Does what is asked in the tree; what needs a form is left in `dialog`. */
export function useTreeActions() {
  const { t } = useI18n()
  const scripts = useScripts()
  const tabs = useOpenScripts()
  const dialog = ref<{ kind: 'addSet' | 'addScript' | 'editSet' | 'editScript'; id: string } | null>(null)

  async function act(action: TreeAction) {
    switch (action.kind) {
      case 'addSet':
        dialog.value = { kind: action.kind, id: '' }
        break
      case 'addScript':
      case 'editSet':
      case 'editScript':
        dialog.value = { kind: action.kind, id: action.id }
        break
      case 'lockSet':
        await scriptsApi.modifySet(action.id, { isLocked: action.isLocked })
        await scripts.load()
        break
      case 'lockScript':
        await scriptsApi.modify(action.id, { isLocked: action.isLocked })
        await scripts.load()
        break
      case 'deleteSet':
        if (await confirmed(action.id, 'editor.deleteSet')) await deleteSet(action.id)
        break
      case 'deleteScript':
        if (await confirmed(action.id, 'editor.deleteScript')) await deleteScript(action.id)
    }
  }

  async function confirmed(id: string, key: 'editor.deleteSet' | 'editor.deleteScript'): Promise<boolean> {
    const answer = await ElMessageBox.confirm(t(`${key}.text`), t(`${key}.title`, { id }), {
      confirmButtonText: t('action.delete'),
      cancelButtonText: t('action.cancel'),
      type: 'warning',
    }).catch(() => 'cancel')
    return answer === 'confirm'
  }

  async function deleteSet(id: string) {
    await scriptsApi.deleteSet(id)
    for (const open of tabs.ids) if (open.startsWith(`${id}__`)) tabs.remove(open)
    await deleted(id)
  }

  async function deleteScript(id: string) {
    await scriptsApi.delete(id)
    tabs.remove(id)
    await deleted(id)
  }

  async function deleted(id: string) {
    ElMessage.success(t('editor.deleted', { id }))
    await scripts.load()
  }

  return { dialog, act }
}
