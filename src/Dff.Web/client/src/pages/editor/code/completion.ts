import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { dffMembers, injectedNames, innerMembers, type Member } from './dff-members'

/** What the rest of the system has to offer to a script. */
export interface KnownNames {
  envVariables: { id: string; title: string | null }[]
  /** IDs of scripts with the functions that they export. */
  scripts: { id: string; title: string | null; functions: string[] }[]
}

/** A source for `DFF.` and its members, env IDs, function IDs, script IDs after import, and the names of this file. */
export function dffCompletions(known: () => KnownNames) {
  return (context: CompletionContext): CompletionResult | null =>
    inString(context, known()) ?? afterDff(context) ?? inImport(context, known()) ?? ofFile(context, known())
}

function inString(context: CompletionContext, known: KnownNames): CompletionResult | null {
  const env = context.matchBefore(/DFF\.(ENV|env)\(\s*(['"])[\w-]*$/)
  if (env !== null)
    return quoted(
      context,
      env.text,
      known.envVariables.map(({ id, title }) => option(id, 'constant', title)),
    )
  const func = context.matchBefore(/DFF\.(FUNC|func|call_func)\(\s*(['"])[\w.]*$/)
  if (func === null) return null
  const ids = known.scripts.flatMap(({ id, title, functions }) =>
    functions.map((name) => option(`${id}.${name}`, 'function', title)),
  )
  return quoted(context, func.text, ids)
}

function quoted(context: CompletionContext, text: string, options: Completion[]): CompletionResult {
  return {
    from: context.pos - (text.length - Math.max(text.lastIndexOf("'"), text.lastIndexOf('"')) - 1),
    options,
    validFor: /^[\w.-]*$/,
  }
}

function afterDff(context: CompletionContext): CompletionResult | null {
  const inner = context.matchBefore(/\bDFF\.([A-Z]+)\.\w*$/)
  const owner = inner === null ? undefined : /DFF\.([A-Z]+)\./.exec(inner.text)?.[1]
  if (inner !== null && owner !== undefined) return members(context, inner.text, innerMembers[owner] ?? [])
  const own = context.matchBefore(/\bDFF\.\w*$/)
  return own === null ? null : members(context, own.text, dffMembers)
}

function members(context: CompletionContext, text: string, list: Member[]): CompletionResult {
  return {
    from: context.pos - (text.length - text.lastIndexOf('.') - 1),
    options: list.map(({ name, signature, about }) => ({
      label: name,
      detail: signature,
      info: about,
      type: 'method',
    })),
    validFor: /^\w*$/,
  }
}

function inImport(context: CompletionContext, known: KnownNames): CompletionResult | null {
  const names = context.matchBefore(/^\s*from\s+(\w+)\s+import\s+[\w,\s]*$/)
  if (names !== null) {
    const script = known.scripts.find(({ id }) => id === /from\s+(\w+)/.exec(names.text)?.[1])
    if (script === undefined) return null
    const word = /\w*$/.exec(names.text)?.[0] ?? ''
    return {
      from: context.pos - word.length,
      options: script.functions.map((name) => option(name, 'function')),
      validFor: /^\w*$/,
    }
  }
  const module = context.matchBefore(/^\s*(from|import)\s+\w*$/)
  if (module === null) return null
  const word = /\w*$/.exec(module.text)?.[0] ?? ''
  const options = known.scripts.map(({ id, title }) => option(id, 'namespace', title))
  return { from: context.pos - word.length, options, validFor: /^\w*$/ }
}

/** The names that the file defines come from the language's own source; here are those that come from outside. */
function ofFile(context: CompletionContext, known: KnownNames): CompletionResult | null {
  const word = context.matchBefore(/[A-Za-z_]\w*$/)
  if (word === null || context.matchBefore(/\.\s*\w*$/) !== null) return null
  const imported = known.scripts.filter(({ id }) => context.state.doc.sliceString(0, 20_000).includes(id))
  return {
    from: word.from,
    options: [
      { label: 'DFF', type: 'variable', detail: 'this platform' },
      ...imported.map(({ id }) => option(id, 'namespace')),
      ...injectedNames.map((name) => option(name, 'constant')),
    ],
    validFor: /^\w*$/,
  }
}

function option(label: string, type: string, detail?: string | null): Completion {
  return detail ? { label, type, detail } : { label, type }
}
