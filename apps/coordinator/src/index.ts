// coordinator
export {};
