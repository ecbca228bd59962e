// What an optimizer does to one parameter.

export interface Rule {
  /** PyTorch's names of the arrays kept for every parameter, each of the parameter's shape and zero at first. */
  readonly stateNames: readonly string[];
  /**
   * Takes one step. Arithmetic is in double precision, what is stored is float32.
   * @param weights of one parameter, updated in place.
   * @param gradient the mean gradient; not changed.
   * @param state one array for every one of `stateNames`, in that order, updated in place.
   * @param step the number of this step, from 1.
   */
  updateInto(
    weights: Float32Array,
    gradient: Float32Array,
    state: readonly Float32Array[],
    step: number,
    learningRate: number,
  ): void;
}
