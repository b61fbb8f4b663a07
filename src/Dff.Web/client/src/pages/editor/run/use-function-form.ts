import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '../../../api/client'
import { scriptsApi, type ParsedFunction } from '../model/api'
import { ArgumentError, fieldsOf, kwargsJson, type Given } from '../model/arguments'
import type { OpenScript } from '../open-scripts'
import { rememberedArguments } from './remembered-arguments'
import { useRuns } from './run-store'

const PAUSE_MS = 400

/** Which function of a script is run, with which arguments. */
export function useFunctionForm(script: OpenScript) {
  const { t } = useI18n()
  const runs = useRuns()
  const parsed = shallowRef<ParsedFunction[]>([])
  const selected = ref('')
  const given = ref<Given>({})
  const problem = ref<{ argument: string; message: string } | null>(null)
  let parsedText: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const functions = computed(() => {
    const all = script.outline.filter((entry) => entry.kind === 'function')
    const exported = all.filter((entry) => entry.isExported)
    return [...exported, ...all.filter((entry) => !entry.isExported)]
  })
  const current = computed(() => parsed.value.find(({ name }) => name === selected.value))
  const fields = computed(() => (current.value === undefined ? [] : fieldsOf(current.value)))

  watch(
    () => script.outline,
    () => {
      if (!functions.value.some(({ name }) => name === selected.value)) select(functions.value[0]?.name ?? '')
      clearTimeout(timer)
      timer = setTimeout(() => void refresh(), parsedText === null ? 0 : PAUSE_MS)
    },
    { immediate: true },
  )

  watch(given, () => (problem.value = null))

  function select(name: string) {
    if (name === selected.value) return
    selected.value = name
    given.value = rememberedArguments.get(script.id, name)
  }

  /** Reads the signatures of the text as it is now. With an error in it the last ones stay. */
  async function refresh() {
    const text = script.view.state.doc.toString()
    if (text === parsedText) return
    try {
      const found = (await scriptsApi.parse(text, true)).functions
      if (found !== null) {
        parsed.value = found
        parsedText = text
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  function atCursor(): string | undefined {
    const at = script.view.state.selection.main.head
    return functions.value.find((entry) => entry.from <= at && at <= entry.to)?.name
  }

  /** Runs the function; null: the one at the cursor, else the chosen one. */
  async function run(name: string | null) {
    if (runs.runs.get(script.id)?.state === 'running') return
    select(name ?? atCursor() ?? selected.value)
    if (selected.value === '') return
    await refresh()
    try {
      const json = kwargsJson(fields.value, given.value)
      rememberedArguments.set(script.id, selected.value, given.value)
      await runs.start(script.id, selected.value, json, () =>
        script.isReadOnly ? Promise.resolve(true) : script.saver.flush(),
      )
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error
      problem.value = { argument: error.argument, message: t(`editor.run.problem.${error.problem}`) }
    }
  }

  return { functions, selected, select, current, fields, given, problem, run }
}
