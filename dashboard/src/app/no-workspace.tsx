import { Empty } from '../parts/empty.tsx'

export function NoWorkspace() {
  return (
    <Empty title="You are in no workspace yet">
      Ask an owner or an administrator of one to invite you by your e-mail.
    </Empty>
  )
}
