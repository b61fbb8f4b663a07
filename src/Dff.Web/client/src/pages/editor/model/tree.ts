import { grouped } from './grouped'
import type { Script, ScriptSet } from './api'

export interface TreeScript {
  script: Script
  /** Without the set's part. */
  name: string
  /** The draft is not what is published. */
  isDraft: boolean
}

export interface TreeSet {
  set: ScriptSet
  scripts: TreeScript[]
}

/** Sets and their scripts by name; with a search, the scripts whose ID or title has all of its words, and the sets that have such a script or match themselves. */
export function treeOf(sets: ScriptSet[], scripts: Script[], search: string): TreeSet[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const bySet = grouped(scripts, (script) => script.scriptSetId)
  return sets
    .toSorted((left, right) => left.id.localeCompare(right.id))
    .flatMap((set) => {
      const all = (bySet.get(set.id) ?? []).toSorted((left, right) => left.id.localeCompare(right.id)).map(treeScript)
      if (words.length === 0 || matches(words, set.id, set.title)) return [{ set, scripts: all }]
      const found = all.filter(({ script }) => matches(words, script.id, script.title))
      return found.length > 0 ? [{ set, scripts: found }] : []
    })
}

function treeScript(script: Script): TreeScript {
  return {
    script,
    name: script.id.slice(script.scriptSetId.length + 2),
    isDraft: script.codeMD5 !== script.codeDraftMD5,
  }
}

function matches(words: string[], id: string, title: string | null): boolean {
  const text = `${id} ${title ?? ''}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Who else's lock keeps this user from changing the script; null: nobody's. */
export function lockedByOther(script: Script, userId: string): string | null {
  return [script.lockedByUserId, script.sset_lockedByUserId].find((by) => by !== null && by !== userId) ?? null
}
