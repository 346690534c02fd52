namespace TransferLearning;
internal static class Placeholder;
