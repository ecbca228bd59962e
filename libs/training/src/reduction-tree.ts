export interface TreeNode {
  readonly first: number;
  readonly end: number;
}
export function children({ first, end }: TreeNode): [TreeNode, TreeNode] {
  const middle = Math.floor((first + end) / 2);
  return [
    { first, end: middle },
    { first: middle, end },
  ];
}
