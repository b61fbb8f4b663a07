import type { Schemas } from '../../api/client'
import type { Throttling } from './throttling'

/** A link with what stands in its JSON fields. */
export type AuthLink = Omit<
  Schemas['AuthLinkRow'],
  'funcCallKwargsJSON' | 'throttlingJSON' | 'func_argsJSON' | 'func_kwargsJSON'
> & {
  funcCallKwargsJSON: Record<string, unknown> | null
  throttlingJSON: Throttling | null
  func_argsJSON: string[] | null
  func_kwargsJSON: Record<string, ArgumentFacts> | null
}

/** A published function with what stands in its JSON fields. */
export type Func = Omit<Schemas['FuncRow'], 'argsJSON' | 'kwargsJSON'> & {
  argsJSON: string[] | null
  kwargsJSON: Record<string, ArgumentFacts> | null
}

/** What a script says of one argument: its default and its hints. */
export interface ArgumentFacts {
  default?: unknown
  type?: string
  in?: unknown[]
  minValue?: number
  maxValue?: number
}

export const states = ['enabled', 'disabled', 'expired', 'unpublished'] as const

export type LinkState = (typeof states)[number]

/** What a call meets first, in the order in which the server checks. */
export function stateOf(link: Pick<AuthLink, 'isDisabled' | 'expireTime' | 'func_id'>, now: number): LinkState {
  if (link.isDisabled) return 'disabled'
  if (link.expireTime !== null && Date.parse(link.expireTime) <= now) return 'expired'
  return link.func_id === null ? 'unpublished' : 'enabled'
}

/** The links whose ID, function or note hold the text, and which call the function where one is named. */
export function found(links: readonly AuthLink[], search: string, funcId: string): AuthLink[] {
  const text = search.trim().toLowerCase()
  return links.filter(
    (link) =>
      (funcId === '' || link.funcId === funcId) &&
      (text === '' ||
        [link.id, link.funcId, link.func_title, link.note].some((part) => part?.toLowerCase().includes(text) === true)),
  )
}

/** What a grouped select shows; the order of the list is kept. */
export function groupedByScript(functions: readonly Func[]) {
  const groups = new Map<string, { value: string; label: string; options: { value: string; label: string }[] }>()
  for (const { id, title, scriptId, scpt_title } of functions) {
    const group = groups.get(scriptId) ?? { value: scriptId, label: named(scpt_title, scriptId), options: [] }
    groups.set(scriptId, group)
    group.options.push({ value: id, label: named(title, id) })
  }
  return [...groups.values()]
}

function named(title: string | null, id: string): string {
  return title === null || title === '' ? id : `${title} (${id})`
}
