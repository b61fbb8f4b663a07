import { api, call } from '../../api/client'
import type { AuthLink, Func } from './auth-link'

/** Lists are told by the server in pages unless asked for all; the document of the API does not name what every list takes. */
function whole(left: string) {
  return { querySerializer: () => `noPage=true&fieldKicking=${left}` }
}

export function listLinks(): Promise<AuthLink[]> {
  return call(api.GET('/api/v1/auth-links/do/list', whole('func_description,func_extraConfigJSON,func_tagsJSON')))
}

export function listFunctions(): Promise<Func[]> {
  return call(api.GET('/api/v1/funcs/do/list', whole('extraConfigJSON,tagsJSON,scpt_description,sset_description')))
}

/** What a link is made of; what is left out stays as it is. */
export interface LinkChange {
  funcId?: string
  funcCallKwargsJSON?: Record<string, unknown>
  expireTime?: string | null
  throttlingJSON?: Record<string, number | null> | null
  showInDoc?: boolean
  isDisabled?: boolean
  note?: string | null
}

type Kwargs = Record<string, never>

/** The API's document calls the arguments an object without fields, which openapi-typescript takes at its word. */
function body<T extends LinkChange>(change: T) {
  return { ...change, funcCallKwargsJSON: change.funcCallKwargsJSON as Kwargs | undefined }
}

export async function addLink(
  id: string,
  change: LinkChange & { funcId: string; funcCallKwargsJSON: Record<string, unknown> },
): Promise<string> {
  const data = { ...change, funcCallKwargsJSON: change.funcCallKwargsJSON as Kwargs, origin: 'UI' as const }
  const added = await call<{ id: string }>(
    api.POST('/api/v1/auth-links/do/add', { body: { data: id === '' ? data : { ...data, id } } }),
  )
  return added.id
}

export async function modifyLink(id: string, change: LinkChange): Promise<void> {
  await call(api.POST('/api/v1/auth-links/{id}/do/modify', { params: { path: { id } }, body: { data: body(change) } }))
}

export async function deleteLink(id: string): Promise<void> {
  await call(api.GET('/api/v1/auth-links/{id}/do/delete', { params: { path: { id } } }))
}
