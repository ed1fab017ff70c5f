import { Link } from '@tanstack/react-router'
import { Empty } from '../parts/empty.tsx'

export function NotFound() {
  return (
    <Empty title="There is nothing here">
      The address may be misspelt, or what it led to was deleted, or belongs to a workspace that you are no member of.{' '}
      <Link to="/" className="text-accent underline">
        Go to the start
      </Link>
    </Empty>
  )
}
