namespace TransferLearning;

/// <summary>A storage as a pickle refers to it: its bytes, element type, and the part of it that an old view storage shows.</summary>
internal sealed record PickleStorage(TensorStorage Bytes, ElementType Element, long FirstElement, long Count);
