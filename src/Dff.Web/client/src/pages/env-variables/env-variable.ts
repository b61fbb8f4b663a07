export const types = ['string', 'integer', 'float', 'boolean', 'json', 'commaArray'] as const

export type EnvVariableType = (typeof types)[number]

export interface EnvVariable {
  id: string
  title: string | null
  description: string | null
  valueTEXT: string
  autoTypeCasting: EnvVariableType
  updateTime: string
}
