namespace TransferLearning;

/// <summary>Where bottleneck adapters stand in a transformer's block.</summary>
public enum BottleneckForm
{
    /// <summary>After attention and after the feed-forward network, on what each gives before it is added to what entered it; the function
    /// is SiLU (Houlsby et al., "Parameter-Efficient Transfer Learning for NLP", 2019).</summary>
    Houlsby,

    /// <summary>After the feed-forward network alone, on the sum with what entered it, normalised where a norm follows; the function is
    /// ReLU (Pfeiffer et al., "AdapterFusion", 2020). Half the weights.</summary>
    Pfeiffer,
}
