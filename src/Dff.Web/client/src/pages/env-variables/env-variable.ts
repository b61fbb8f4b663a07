import type { Schemas } from '../../api/client'

export const types = ['string', 'integer', 'float', 'boolean', 'json', 'commaArray'] as const

export type EnvVariableType = (typeof types)[number]

export type EnvVariable = Schemas['EnvVariableRow']

/** An env variable has one of the types that this client knows, which are all there are. */
export function typeOf(variable: EnvVariable | null): EnvVariableType {
  return types.find((type) => type === variable?.autoTypeCasting) ?? 'string'
}
