import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { defineStore } from 'pinia'
import { computed, markRaw, shallowReactive, shallowRef, watch } from 'vue'
import { ApiError } from '../../api/client'
import { i18n } from '../../i18n'
import { useSession } from '../../session'
import type { OutlineEntry } from './code/outline'
import { positionOf } from './code/problems'
import { editorExtensions } from './code/setup'
import { scriptsApi, type ParseProblem, type LoadedScript } from './model/api'
import { DraftSaver, type SaveState } from './model/draft-saver'
import { lockedByOther } from './model/tree'
import { useScripts } from './scripts-store'
import { keptDrafts } from './kept-drafts'

/** A script in a tab. Its text lives in the view, also while another tab is shown. */
export interface OpenScript {
  readonly id: string
  readonly view: EditorView
  readonly saver: DraftSaver
  readonly isReadOnly: boolean
  publishedCode: string | null
  publishVersion: number
  saveState: SaveState
  saveMessage: string
  problems: ParseProblem[]
  outline: OutlineEntry[]
}

const TABS_KEY = 'dff.editor.tabs'

export const useOpenScripts = defineStore('open-scripts', () => {
  const scripts = useScripts()
  const session = useSession()
  const open = shallowReactive(new Map<string, OpenScript>())
  const activeId = shallowRef<string | null>(null)
  const active = computed(() => (activeId.value === null ? null : (open.get(activeId.value) ?? null)))
  // Tabs of the visit before come back in its order, whichever of them is read first.
  const remembered = rememberedTabs()
  const list = computed(() => [...open.values()].sort((one, other) => placeOf(one.id) - placeOf(other.id)))
  const ids = computed(() => list.value.map(({ id }) => id))
  /** Set by the page: runs a function of the active script; null: the one at the cursor. */
  const onRun = shallowRef<(name: string | null) => void>(() => undefined)

  watch(ids, (now) => localStorage.setItem(TABS_KEY, JSON.stringify(now)))
  watch(
    () => session.isExpired,
    (isExpired) => {
      if (!isExpired) for (const script of open.values()) script.saver.retry()
    },
  )

  function placeOf(id: string): number {
    const place = remembered.indexOf(id)
    return place < 0 ? remembered.length : place
  }

  async function show(id: string) {
    activeId.value = id
    const known = open.get(id)
    if (known !== undefined) return refresh(known)
    await add(id)
  }

  /** Opens the tab of a script without showing it. */
  async function add(id: string) {
    if (open.has(id)) return
    const loaded = await scriptsApi.get(id)
    if (!open.has(id)) open.set(id, begin(loaded))
  }

  function begin(loaded: LoadedScript): OpenScript {
    const { id } = loaded.row
    const userId = session.user?.id ?? ''
    const isReadOnly = lockedByOther(loaded.row, userId) !== null
    // What this machine kept is newer than the draft it was made from, and a conflict with any other.
    const kept = isReadOnly ? null : keptDrafts.get(userId, id)
    const code = kept?.code ?? loaded.draft
    const saver = new DraftSaver(
      {
        read: () => view.state.doc.toString(),
        save: (text, previous) => scriptsApi.saveDraft(id, text, previous),
        load: async () => {
          const stored = await scriptsApi.get(id)
          return { code: stored.draft, md5: stored.draftMd5 }
        },
        keep: (copy) => keptDrafts.set(userId, id, copy),
        changed: (state, message) => saveChanged(script, state, message),
      },
      kept?.md5 ?? loaded.draftMd5,
      kept === null || kept.md5 === loaded.draftMd5 ? loaded.draft : '\0',
    )
    const view = markRaw(new EditorView({ state: stateOf(code, () => script, isReadOnly) }))
    const script: OpenScript = shallowReactive({
      id,
      view,
      saver: markRaw(saver),
      isReadOnly,
      publishedCode: loaded.code,
      publishVersion: loaded.row.publishVersion,
      saveState: 'saved',
      saveMessage: '',
      problems: [],
      outline: [],
    })
    if (kept !== null) saver.edited()
    return script
  }

  function stateOf(code: string, script: () => OpenScript, isReadOnly: boolean): EditorState {
    return EditorState.create({
      doc: code,
      extensions: editorExtensions(
        {
          known: () => scripts.known,
          parse,
          onProblems: (problems) => (script().problems = problems),
          onOutline: (entries) => (script().outline = entries),
          onEdit: () => script().saver.edited(),
          run: (name) => onRun.value(name),
          saveNow: () => void script().saver.flush(),
          runLabel: (name) => i18n.global.t('editor.runFunction', { name }),
          label: i18n.global.t('editor.codeLabel'),
        },
        isReadOnly,
      ),
    })
  }

  function saveChanged(script: OpenScript, state: SaveState, message: string) {
    script.saveState = state
    script.saveMessage = message
    if (state === 'saved') scripts.update(script.id, { codeDraftMD5: script.saver.storedMd5 })
    if (state === 'signedOut') session.expire()
  }

  /** Takes over what somebody else has stored meanwhile, unless there are changes here. */
  async function refresh(script: OpenScript) {
    if (script.saveState !== 'saved') return
    const stored = await scriptsApi.get(script.id)
    script.publishedCode = stored.code
    script.publishVersion = stored.row.publishVersion
    scripts.update(script.id, stored.row)
    if (script.saveState === 'saved' && stored.draftMd5 !== script.saver.storedMd5)
      takeOver(script, stored.draftMd5, stored.draft)
  }

  /** The text becomes the stored draft; one undo brings back what was there. */
  function takeOver(script: OpenScript, md5: string, code: string) {
    script.saver.adopt(md5, code)
    replaceText(script, code)
  }

  function replaceText(script: OpenScript, code: string) {
    const { view } = script
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: code },
      selection: { anchor: Math.min(view.state.selection.main.head, code.length) },
    })
  }

  function published(script: OpenScript, code: string, version: number) {
    script.publishedCode = code
    script.publishVersion = version
  }

  function goTo(script: OpenScript, line: number, column = 1) {
    const anchor = positionOf(script.view.state.doc, line, column)
    script.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
    script.view.focus()
  }

  /** Closes the tab. False: its text could not be saved, and it stays open. */
  async function close(id: string): Promise<boolean> {
    const script = open.get(id)
    if (script !== undefined && !script.isReadOnly && !(await script.saver.flush())) return false
    remove(id)
    return true
  }

  /** Closes the tab of a script that is gone. */
  function remove(id: string) {
    const script = open.get(id)
    script?.saver.close()
    script?.view.destroy()
    const at = ids.value.indexOf(id)
    open.delete(id)
    if (activeId.value === id) activeId.value = ids.value[Math.min(at, ids.value.length - 1)] ?? null
  }

  return {
    open,
    list,
    ids,
    activeId,
    active,
    onRun,
    remembered,
    show,
    add,
    refresh,
    takeOver,
    replaceText,
    published,
    goTo,
    close,
    remove,
  }
})

function rememberedTabs(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(TABS_KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === 'string') : []
  } catch {
    return []
  }
}

/** Null: nobody could be asked just now. */
async function parse(code: string): Promise<ParseProblem[] | null> {
  try {
    return (await scriptsApi.parse(code, false)).problems
  } catch (error) {
    if (error instanceof ApiError) return null
    throw error
  }
}
