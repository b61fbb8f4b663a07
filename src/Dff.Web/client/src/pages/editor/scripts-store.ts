import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { KnownNames } from './code/completion'
import { grouped } from './model/grouped'
import { scriptsApi, type PublishedFunction, type Script, type ScriptSet } from './model/api'

/** All script sets and scripts, without their code, and what else completion knows. */
export const useScripts = defineStore('scripts', () => {
  const sets = shallowRef<ScriptSet[]>([])
  const scripts = shallowRef<Script[]>([])
  const functions = shallowRef<PublishedFunction[]>([])
  const envVariables = shallowRef<{ id: string; title: string | null }[]>([])
  const isLoaded = shallowRef(false)
  let begun = 0
  let shown = 0

  const known = computed<KnownNames>(() => {
    const byScript = grouped(functions.value, (published) => published.scriptId)
    return {
      envVariables: envVariables.value,
      scripts: scripts.value.map(({ id, title }) => ({
        id,
        title,
        functions: (byScript.get(id) ?? []).map(({ name }) => name),
      })),
    }
  })

  async function load() {
    const own = ++begun
    const lists = await Promise.all([
      scriptsApi.sets(),
      scriptsApi.scripts(),
      scriptsApi.functions(),
      scriptsApi.envVariables(),
    ])
    // Answers may overtake each other, and what is older must not come back.
    if (own < shown) return
    shown = own
    ;[sets.value, scripts.value, functions.value, envVariables.value] = lists
    isLoaded.value = true
  }

  function find(id: string): Script | undefined {
    return scripts.value.find((script) => script.id === id)
  }

  /** What is known of a script without asking again, e.g. that its draft has changed. */
  function update(id: string, change: Partial<Script>) {
    scripts.value = scripts.value.map((script) => (script.id === id ? { ...script, ...change } : script))
  }

  return { sets, scripts, functions, isLoaded, known, load, find, update }
})
