import { api, call } from '../../api/client'
import type { AuthLink, Func } from './auth-link'

export async function listLinks(): Promise<AuthLink[]> {
  const query = { noPage: true, fieldKicking: 'func_description,func_extraConfigJSON,func_tagsJSON' }
  return (await call(api.GET('/api/v1/auth-links/do/list', { params: { query } }))) as AuthLink[]
}

export async function listFunctions(): Promise<Func[]> {
  const query = { noPage: true, fieldKicking: 'extraConfigJSON,tagsJSON,scpt_description,sset_description' }
  return (await call(api.GET('/api/v1/funcs/do/list', { params: { query } }))) as Func[]
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

export async function addLink(
  id: string,
  change: LinkChange & { funcId: string; funcCallKwargsJSON: Record<string, unknown> },
): Promise<string> {
  const data = { ...change, origin: 'UI' as const }
  const added = await call(
    api.POST('/api/v1/auth-links/do/add', { body: { data: id === '' ? data : { ...data, id } } }),
  )
  return added.id
}

export async function modifyLink(id: string, change: LinkChange): Promise<void> {
  await call(api.POST('/api/v1/auth-links/{id}/do/modify', { params: { path: { id } }, body: { data: change } }))
}

export async function deleteLink(id: string): Promise<void> {
  await call(api.GET('/api/v1/auth-links/{id}/do/delete', { params: { path: { id } } }))
}
