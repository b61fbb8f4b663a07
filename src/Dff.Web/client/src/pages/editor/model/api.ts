import { api, call, type Schemas } from '../../../api/client'

export type ScriptSet = Schemas['ScriptSetRow']
export type Script = Schemas['ScriptRow']
/** A script with its code. */
export interface LoadedScript {
  row: Script
  /** What is published; null: nothing is. */
  code: string | null
  draft: string
  draftMd5: string
}

export type PublishedFunction = Schemas['FuncRow']
export type PublishedVersion = Schemas['PublishHistoryRow']
export type ParseProblem = Schemas['ParseProblem']
export type ParsedFunction = Schemas['ParsedFunction']
export type ParsedArgument = Schemas['ParsedArgument']

/** What an argument's `kwargs_hint` may say. */
export interface Hint {
  type?: string
  in?: unknown[]
}

export interface Texts {
  title: string | null
  description: string | null
}

const all = { noPage: true }
const inPath = (id: string) => ({ path: { id } })

export const scriptsApi = {
  sets: () => call(api.GET('/api/v1/script-sets/do/list', { params: { query: all } })),
  scripts: () => call(api.GET('/api/v1/scripts/do/list', { params: { query: all } })),
  functions: () => call(api.GET('/api/v1/funcs/do/list', { params: { query: all } })),
  get: async (id: string): Promise<LoadedScript> => {
    const {
      code = null,
      codeDraft = '',
      ...row
    } = await call(api.GET('/api/v1/scripts/{id}/do/get', { params: inPath(id) }))
    return { row, code, draft: codeDraft, draftMd5: row.codeDraftMD5 ?? '' }
  },

  addSet: (id: string, texts: Texts) =>
    call(api.POST('/api/v1/script-sets/do/add', { body: { data: { id, ...texts } } })),
  modifySet: (id: string, data: Partial<Texts> & { isLocked?: boolean }) =>
    call(api.POST('/api/v1/script-sets/{id}/do/modify', { params: inPath(id), body: { data } })),
  deleteSet: (id: string) => call(api.GET('/api/v1/script-sets/{id}/do/delete', { params: inPath(id) })),

  add: (id: string, texts: Texts, codeDraft: string) =>
    call(api.POST('/api/v1/scripts/do/add', { body: { data: { id, ...texts, codeDraft } } })),
  modify: (id: string, data: Partial<Texts> & { isLocked?: boolean }) =>
    call(api.POST('/api/v1/scripts/{id}/do/modify', { params: inPath(id), body: { data } })),
  delete: (id: string) => call(api.GET('/api/v1/scripts/{id}/do/delete', { params: inPath(id) })),

  /** Answers the draft's new MD5. Refused with EBizRequestConflict when the stored draft is not the one of `prevCodeDraftMD5`. */
  saveDraft: async (id: string, codeDraft: string, prevCodeDraftMD5: string) => {
    const body = { prevCodeDraftMD5, data: { codeDraft } }
    const saved = await call(api.POST('/api/v1/scripts/{id}/do/modify', { params: inPath(id), body }))
    return saved.codeDraftMD5
  },
  publish: (id: string, note: string | null) =>
    call(api.POST('/api/v1/scripts/{id}/do/publish', { params: inPath(id), body: { force: true, data: { note } } })),
  versions: (scriptId: string) => {
    const query = { scriptId, fieldKicking: 'scriptCode_cache', pageSize: 100 }
    return call(api.GET('/api/v1/script-publish-history/do/list', { params: { query } }))
  },
  version: async (scriptId: string, scriptPublishVersion: number) => {
    const query = { scriptId, scriptPublishVersion }
    const found = await call(api.GET('/api/v1/script-publish-history/do/list', { params: { query } }))
    return found[0]?.scriptCode_cache ?? ''
  },
  parse: (code: string, withFunctions: boolean) =>
    call(api.POST('/api/v1/scripts/do/parse', { body: { code, withFunctions } })),
  envVariables: () =>
    call(
      api.GET('/api/v1/env-variables/do/list', {
        params: { query: { noPage: true, fieldPicking: 'id,title' } },
      }),
    ),
}
