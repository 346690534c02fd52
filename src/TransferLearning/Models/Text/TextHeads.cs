namespace TransferLearning;

/// <summary>How many heads attention has, checked against the width that they share.</summary>
internal static class TextHeads
{
    public static int Count(ModelConfig config, string key, int fallback, int width)
    {
        int heads = config.Size(key, fallback, 4096);
        return width % heads == 0
            ? heads
            : throw new InvalidDataException($"'{config.Source}': {heads} heads ({key}) do not divide the width of {width}. Get the config.json that belongs to the weights.");
    }
}
