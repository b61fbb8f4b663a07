import { api, call } from '../../../api/client'

export interface ScriptSet {
  id: string
  title: string | null
  description: string | null
  lockedByUserId: string | null
}

export interface Script {
  id: string
  scriptSetId: string
  title: string | null
  description: string | null
  publishVersion: number
  codeMD5: string | null
  codeDraftMD5: string
  lockedByUserId: string | null
  sset_lockedByUserId: string | null
  updateTime: string
}

export interface ScriptWithCode extends Script {
  code: string | null
  codeDraft: string
}

export interface PublishedFunction {
  id: string
  scriptId: string
  name: string
  title: string | null
}

export interface ParseProblem {
  severity: 'error' | 'warning'
  message: string
  line: number
  column: number
  endLine: number
  endColumn: number | null
}

export interface Hint {
  type?: string
  in?: unknown[]
}

export interface ParsedArgument {
  name: string
  isRequired: boolean
  default: unknown
  annotation: string | null
  hint: Hint | null
}

export interface ParsedFunction {
  name: string
  line: number
  description: string | null
  isExported: boolean
  title: string | null
  arguments: ParsedArgument[]
}

export interface PublishedVersion {
  id: string
  scriptPublishVersion: number
  note: string | null
  createTime: string
  scriptCode_cache?: string
}

export interface Texts {
  title: string | null
  description: string | null
}

const all = { noPage: 'true' } as never
const inPath = (id: string) => ({ path: { id } })

export const scriptsApi = {
  sets: () => call<ScriptSet[]>(api.GET('/api/v1/script-sets/do/list', { params: { query: all } })),
  scripts: () => call<Script[]>(api.GET('/api/v1/scripts/do/list', { params: { query: all } })),
  functions: () => call<PublishedFunction[]>(api.GET('/api/v1/funcs/do/list', { params: { query: all } })),
  get: (id: string) => call<ScriptWithCode>(api.GET('/api/v1/scripts/{id}/do/get', { params: inPath(id) })),

  addSet: (id: string, texts: Texts) => call(api.POST('/api/v1/script-sets/do/add', { body: { data: { id, ...texts } } })),
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
    const saved = await call<{ codeDraftMD5: string }>(
      api.POST('/api/v1/scripts/{id}/do/modify', { params: inPath(id), body }),
    )
    return saved.codeDraftMD5
  },
  publish: (id: string, note: string | null) =>
    call<{ publishVersion: number }>(
      api.POST('/api/v1/scripts/{id}/do/publish', { params: inPath(id), body: { force: true, data: { note } } }),
    ),
  versions: (scriptId: string) => {
    const query = { scriptId, fieldKicking: 'scriptCode_cache', pageSize: '100' } as never
    return call<PublishedVersion[]>(api.GET('/api/v1/script-publish-history/do/list', { params: { query } }))
  },
  version: async (scriptId: string, scriptPublishVersion: number) => {
    const query = { scriptId, scriptPublishVersion }
    const found = await call<PublishedVersion[]>(
      api.GET('/api/v1/script-publish-history/do/list', { params: { query } }),
    )
    return found[0]?.scriptCode_cache ?? ''
  },
  parse: (code: string, withFunctions: boolean) =>
    call<{ problems: ParseProblem[]; functions: ParsedFunction[] | null }>(
      api.POST('/api/v1/scripts/do/parse', { body: { code, withFunctions } }),
    ),
  envVariables: () =>
    call<{ id: string; title: string | null }[]>(
      api.GET('/api/v1/env-variables/do/list', {
        params: { query: { noPage: 'true', fieldPicking: 'id,title' } as never },
      }),
    ),
}
