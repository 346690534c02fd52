namespace TransferLearning;

/// <summary>Finds what is the same, or nearly, inside the audited set and between it and the test set.</summary>
/// <param name="facts">What is known of the samples of the audited set, then of those of the test set.</param>
/// <param name="own">How many are of the audited set.</param>
internal sealed class DuplicateSearch(IReadOnlyList<SampleFacts> facts, int own)
{
    private readonly DuplicateGroups _groups = new(facts.Count);
    private readonly Dictionary<int, (int Other, double Measure, string How)> _closest = [];

    /// <summary>A sample of the audited set that is the same as another, or nearly.</summary>
    /// <param name="Index">Its number.</param>
    /// <param name="Other">The other one; numbers from the size of the audited set on are of the test set.</param>
    /// <param name="Measure">How alike they are.</param>
    /// <param name="How">What is alike, as a sentence; null for the same content.</param>
    public readonly record struct Duplicate(int Index, int Other, double Measure, string? How);

    /// <summary>Joins samples of the same content.</summary>
    public void ByContent() => Equal(fact => fact.Content, null);

    /// <summary>Joins texts of the same words.</summary>
    public void ByWords() => Equal(fact => fact.Words, "they have the same words, without case and signs");

    /// <summary>Joins images of nearly the same perceptual and difference hash; those of an image of one colour say nothing.</summary>
    public void ByHash(int distance, CancellationToken cancellationToken)
    {
        int[] images = [.. Enumerable.Range(0, facts.Count).Where(i => facts[i] is { Image: not null, Blank: null })];
        ulong[] hashes = [.. images.Select(i => facts[i].Image!.Perceptual)];
        foreach (SimilarPair pair in HashNeighbours.Pairs(hashes, distance, cancellationToken))
        {
            // Few objects on an even ground have perceptual hashes that are alike; their edges are not.
            (int first, int second) = (images[pair.First], images[pair.Second]);
            int edges = ImageHash.Distance(facts[first].Image!.Difference, facts[second].Image!.Difference);
            if (2 * edges <= 3 * distance)
            {
                Join(first, second, pair.Measure, $"their perceptual hashes differ in {pair.Measure:F0} of 64 bits");
            }
        }
    }

    /// <summary>Joins samples of nearly the same features.</summary>
    public void ByFeatures(FeatureSet features, FeatureSet? test, double similarity, CancellationToken cancellationToken)
    {
        foreach (SimilarPair pair in NearDuplicates.Pairs(features.Features, similarity, cancellationToken))
        {
            Join(features.Indices[pair.First], features.Indices[pair.Second], pair.Measure, Cosine(pair));
        }

        foreach (SimilarPair pair in test is null
            ? []
            : NearDuplicates.Pairs(features.Features, test.Features, similarity, cancellationToken))
        {
            Join(features.Indices[pair.First], own + test!.Indices[pair.Second], pair.Measure, Cosine(pair));
        }
    }

    /// <summary>
    /// What was found: of a group with a sample of the test set all others, of other groups all but the first sample, each with the one
    /// that it is most alike.
    /// </summary>
    public IEnumerable<Duplicate> Found()
    {
        foreach (IReadOnlyList<int> group in _groups.Groups())
        {
            bool isInTest = group[^1] >= own;
            int stays = isInTest ? group.First(member => member >= own) : group[0];
            foreach (int member in group.Where(member => member < own && member != stays))
            {
                int same = group.FirstOrDefault(other => (isInTest ? other >= own : other < member) && IsSame(other, member), -1);
                yield return same >= 0
                    ? new Duplicate(member, same, 0, null)
                    : _closest.TryGetValue(member, out (int Other, double Measure, string How) closest)
                        && (!isInTest || closest.Other >= own)
                            ? new Duplicate(member, closest.Other, closest.Measure, closest.How)
                            : new Duplicate(member, stays, 0, "others between them are like both");
            }
        }
    }

    private static string Cosine(SimilarPair pair)
        => string.Create(CultureInfo.InvariantCulture, $"the cosine of their features is {pair.Measure:F4}");

    private bool IsSame(int first, int second) => facts[first].Content is { } content && content == facts[second].Content;

    private void Equal(Func<SampleFacts, UInt128?> keyOf, string? how)
    {
        Dictionary<UInt128, int> seen = [];
        for (int i = 0; i < facts.Count; i++)
        {
            if (keyOf(facts[i]) is { } key && !seen.TryAdd(key, i))
            {
                Join(seen[key], i, 0, how ?? "");
            }
        }
    }

    private void Join(int first, int second, double measure, string how)
    {
        _groups.Join(first, second);
        Note(first, second);
        Note(second, first);

        // The first way that found it stays: content before words, words before hashes, hashes before features.
        void Note(int sample, int other)
        {
            if (sample < own && (!_closest.TryGetValue(sample, out (int Other, double Measure, string How) known)
                || (known.Other < own && other >= own)))
            {
                _closest[sample] = (other, measure, how);
            }
        }
    }
}
