import type { ArgumentFacts, AuthLink } from './auth-link'
import { hasDefault, hasPlainDefault, readTyped, startOf, typed, type Reading, type TypedValue } from './typed-value'

const FURTHER = '**kwargs'
const PLACEHOLDER = 'FROM_PARAMETER'

/** `caller`: each call says it. `value`: the value in the row. `none`: the function's own default, or nothing. */
export type ArgumentMode = 'caller' | 'value' | 'none'

export interface ArgumentRow {
  /** Tells rows apart while their names are typed. */
  key: number
  name: string
  mode: ArgumentMode
  value: TypedValue
  facts: ArgumentFacts
  /** `further`: goes into `**kwargs`, so its name is free. `unknown`: the function does not take it (any longer). */
  kind: 'named' | 'further' | 'unknown'
}

export interface ArgumentsForm {
  rows: ArgumentRow[]
  /** The function has `**kwargs`. */
  canTakeFurther: boolean
  /** The caller may give arguments that no row names. */
  takesFurther: boolean
}

export type ArgumentProblem =
  Extract<Reading, { problem: string }>['problem'] | 'missing' | 'placeholder' | 'name' | 'duplicate' | 'unknown'

export interface Signature {
  argsJSON: string[] | null
  kwargsJSON: Record<string, ArgumentFacts> | null
}

export const noSignature: Signature = { argsJSON: null, kwargsJSON: null }

/** Of the link's function; where that is not published, the arguments that the link names have to do. */
export function signatureOf(link: LinkedFunction): Signature {
  if (link.func_id !== null) return { argsJSON: link.func_argsJSON, kwargsJSON: link.func_kwargsJSON }
  return { argsJSON: Object.keys(link.funcCallKwargsJSON ?? {}), kwargsJSON: null }
}

type LinkedFunction = Pick<AuthLink, 'func_id' | 'func_argsJSON' | 'func_kwargsJSON' | 'funcCallKwargsJSON'>

let lastKey = 0

function row(name: string, kind: ArgumentRow['kind'], facts: ArgumentFacts, mode: ArgumentMode): ArgumentRow {
  return { key: ++lastKey, name, mode, value: startOf(facts), facts, kind }
}

/** Arguments that a caller can give by name, in the order of the definition; `*args` are none of them. */
function namesOf(signature: Signature): string[] {
  const args = signature.argsJSON ?? []
  return [...new Set([...args, ...Object.keys(signature.kwargsJSON ?? {})])].filter((name) => !name.startsWith('*'))
}

function takesAny(signature: Signature): boolean {
  return signature.argsJSON?.some((name) => name.startsWith('**')) === true
}

export function isPlaceholder(value: unknown): boolean {
  return value === PLACEHOLDER || value === 'INPUT_BY_CALLER'
}

export function furtherRow(mode: ArgumentMode = 'value'): ArgumentRow {
  return row('', 'further', {}, mode)
}

/** The form for a link's `funcCallKwargsJSON`; null: a new link, where the caller gives everything that has a name. */
export function formOf(signature: Signature, given: Record<string, unknown> | null): ArgumentsForm {
  const canTakeFurther = takesAny(signature)
  const values = new Map(Object.entries(given ?? {}))
  const takesFurther = isPlaceholder(values.get(FURTHER))
  if (takesFurther) values.delete(FURTHER)
  const rows = namesOf(signature).map((name) => {
    const facts = signature.kwargsJSON?.[name] ?? {}
    if (given === null) return row(name, 'named', facts, 'caller')
    return values.has(name) ? filled(name, 'named', facts, values.get(name)) : row(name, 'named', facts, 'none')
  })
  const named = new Set(rows.map(({ name }) => name))
  const others = [...values]
    .filter(([name]) => !named.has(name))
    .map(([name, value]) => filled(name, canTakeFurther ? 'further' : 'unknown', {}, value))
  return { rows: [...rows, ...others], canTakeFurther, takesFurther: canTakeFurther && takesFurther }
}

function filled(name: string, kind: ArgumentRow['kind'], facts: ArgumentFacts, value: unknown): ArgumentRow {
  if (isPlaceholder(value)) return row(name, kind, facts, 'caller')
  return { ...row(name, kind, facts, 'value'), value: typed(value, facts) }
}

/** Keeps what was chosen for arguments that the other function has too. */
export function carriedOver(signature: Signature, before: ArgumentsForm): ArgumentsForm {
  const form = formOf(signature, null)
  const rows = form.rows.map((fresh) => {
    const old = before.rows.find(({ name }) => name === fresh.name)
    return old === undefined || (old.mode === 'none' && !hasDefault(fresh.facts))
      ? fresh
      : { ...fresh, mode: old.mode, value: old.mode === 'value' ? old.value : fresh.value }
  })
  return { ...form, rows, takesFurther: form.canTakeFurther && before.takesFurther }
}

/** The arguments that a caller of the link gives, filled with what they start with. */
export function callFormOf(link: LinkedFunction): ArgumentsForm {
  const form = formOf(signatureOf(link), link.funcCallKwargsJSON ?? {})
  const rows = form.rows
    .filter(({ mode }) => mode === 'caller')
    .map((one): ArgumentRow => ({
      ...one,
      mode: hasDefault(one.facts) && !hasPlainDefault(one.facts) ? 'none' : 'value',
    }))
  return { ...form, rows: rows.map((one) => (one.kind === 'further' ? { ...one, kind: 'named' } : one)) }
}

/** Arguments for an example: null stands for what only the caller knows. */
export function exampleOf(link: LinkedFunction): Record<string, unknown> {
  const sent = callFormOf(link).rows.filter(({ mode }) => mode === 'value')
  return Object.fromEntries(
    sent.map(({ name, value }) => {
      const reading = readTyped(value)
      return [name, 'value' in reading ? reading.value : null]
    }),
  )
}

/** The arguments as JSON, and what is wrong with which row. `isCall`: rows are what a caller sends, not what a link says. */
export function read(form: ArgumentsForm, isCall = false) {
  const problems: Record<number, ArgumentProblem> = {}
  const kwargs: [string, unknown][] = []
  const names = new Set<string>()
  for (const { key, name, mode, value, facts, kind } of form.rows) {
    if (name.trim() === '') problems[key] = 'name'
    else if (names.has(name)) problems[key] = 'duplicate'
    else if (kind === 'unknown') problems[key] = 'unknown'
    else if (mode === 'none' && !isCall && !hasDefault(facts)) problems[key] = 'missing'
    names.add(name)
    if (mode === 'caller') kwargs.push([name, PLACEHOLDER])
    if (mode !== 'value') continue
    const reading = readTyped(value)
    if ('problem' in reading) problems[key] ??= reading.problem
    else if (!isCall && isPlaceholder(reading.value)) problems[key] ??= 'placeholder'
    else kwargs.push([name, reading.value])
  }
  if (!isCall && form.takesFurther) kwargs.push([FURTHER, PLACEHOLDER])
  return { kwargs: Object.fromEntries(kwargs), problems, isRight: Object.keys(problems).length === 0 }
}
